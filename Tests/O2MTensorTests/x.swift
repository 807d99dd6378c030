// O2MTensorTests
