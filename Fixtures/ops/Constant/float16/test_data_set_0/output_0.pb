
ByJND²±®@Ô°mÄP«