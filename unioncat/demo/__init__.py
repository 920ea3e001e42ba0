"""Five sample libraries of Bến Tre, each with its own manner of cataloguing, and the walk through the main job."""
