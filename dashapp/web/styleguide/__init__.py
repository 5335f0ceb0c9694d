"""The styleguide: every tile type in every state, from samples. Development only: `create_app` leaves it out."""
