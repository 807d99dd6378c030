
BlogitsJ(N£Ñ¿qiÀu¥À¿¬Ñæ¿„¹l¿ƒ°¿f®¿b6q@‡?¿ŒYÀ