
BbJfAÏAÈA.º$:S?¯Á