"""One tile opened in Plotly, `/w/<slug>/explore`.

Tiles as they are everywhere else are `dashapp/tiles/`."""
