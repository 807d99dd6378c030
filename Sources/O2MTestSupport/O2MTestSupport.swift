// O2MTestSupport
