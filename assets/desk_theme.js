// Before the first paint: the theme the person chose here earlier, else the system's. (desk.js keeps it.)
(function(d){var t=null;try{t=localStorage.getItem('theme')}catch(e){}d.setAttribute('data-bs-theme',t||(matchMedia('(prefers-color-scheme: dark)').matches?'dark':'light'))})(document.documentElement);
