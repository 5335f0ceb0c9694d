// Before the first paint: the theme the reader chose here earlier, else the system's (CSS does that alone).
(function(d){d.classList.add('js');try{var t=localStorage.getItem('theme');if(t==='dark'||t==='light'){if(!d.dataset.bsTheme)d.dataset.bsTheme=t}}catch(e){}})(document.documentElement);
