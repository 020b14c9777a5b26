"""fieldmark: tell apart things that look nearly the same, and say how far to trust the answer.

The public names are listed once, in the stub beside this file, and imported on first use: judging
stored predictions needs no torch.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
