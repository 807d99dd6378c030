// O2MUnpack
