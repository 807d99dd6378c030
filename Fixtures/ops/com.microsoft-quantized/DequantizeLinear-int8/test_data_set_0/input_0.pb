Bi0Jÿc²Rä
JcëA–