"""placeholder"""
def handle_of(storage): return None
def map_handle(handle): raise NotImplementedError
