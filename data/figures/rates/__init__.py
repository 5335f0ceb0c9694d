"""One module a rate, with a constant RATE; they are found by walking the package."""
