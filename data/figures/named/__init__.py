"""One module a figure, with a constant FIGURE; they are found by walking the package."""
