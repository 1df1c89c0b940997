"""What runs inside the sandbox. Standard library only, and nothing of the rest of Lamarck: the rest is not there.

``values`` and ``rpc`` are used on both sides of the wall.
"""
