"""The errors of the bridge, one class a kind. In R each is a condition of the same kind."""


class BridgeError(Exception):
    """Base of all errors that this module raises on purpose."""


class MissingError(BridgeError, ValueError):
    """A missing value where the dtype has no place for one."""


class LossyError(BridgeError, ValueError):
    """A value would not arrive as it left."""


class DtypeError(BridgeError, TypeError):
    """A type or dtype that is unknown, or that this conversion does not take."""


class SharingError(BridgeError, ValueError):
    """Memory was to be shared, and cannot be."""


class DeviceError(BridgeError, RuntimeError):
    """A device that is unknown or not there."""


class SubscriptError(BridgeError, IndexError):
    """An index that selects nothing that is there, or values that do not fill what it selects."""
