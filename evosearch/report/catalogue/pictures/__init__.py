"""The words of the report's pictures: captions, titles, and what stands within them."""
