"""The analytics core: what came in, the marts, and the answers. It imports nothing else of ours."""
