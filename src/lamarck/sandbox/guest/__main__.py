"""``python -m lamarck.sandbox.guest``: the zygote."""

from lamarck.sandbox.guest.zygote import main

main()
