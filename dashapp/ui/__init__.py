"""How things look: numbers as text, brand colours, charts as SVG, the words of the interface."""
