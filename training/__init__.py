"""How the scorer is made: data, views of it, trees, the file."""
