
BbJ9À