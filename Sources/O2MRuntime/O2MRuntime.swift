// O2MRuntime
