"""What reticulate does to log handlers around a Python chunk must work on PyTorch's."""

import logging

import pytorch_bridge  # noqa: F401  (importing it is what is tested)


def test_every_log_handler_can_be_redirected():
    loggers = [logging.getLogger(name) for name in logging.root.manager.loggerDict]
    handlers = [h for logger in loggers for h in logger.handlers if hasattr(h, "stream")]
    assert handlers, "PyTorch sets up handlers when it is imported"
    for handler in handlers:
        handler.setStream(handler.stream)
