/*
 * campaign/area.c - pure: the time zones of an area code
 *
 * Printed by tools/area_zones.py from the data of libphonenumber (Copyright The
 * Libphonenumber Authors, Apache License 2.0) as Debian's python3-phonenumbers
 * has it. Of a code that crosses a border all its zones are named; numbers that
 * lie nowhere (mobile ones of Russia, free ones) are not in it.
 */
#include <stdio.h>
#include <string.h>
#include "base/mem.h"
#include "campaign/area.h"

enum {
	PREFIX_MIN = 2, /* digits, with the country's */
	PREFIX_MAX = 4,
};

/* clang-format off */
static const struct {
	const char *zones;
	const char *prefixes; /* each between blanks */
} areav[] = {
	{"America/Adak America/Anchorage America/Juneau "
	 "Pacific/Honolulu",
	 " 1907 "},
	{"America/Anguilla",
	 " 1264 "},
	{"America/Antigua",
	 " 1268 "},
	{"America/Barbados",
	 " 1246 "},
	{"America/Boise America/Denver America/Los_Angeles",
	 " 1208 1775 "},
	{"America/Boise America/Los_Angeles",
	 " 1986 "},
	{"America/Cayman",
	 " 1345 "},
	{"America/Chicago",
	 " 1205 1210 1214 1217 1218 1224 1225 1228 1251 1254 1256 1262"
	 " 1281 1309 1312 1314 1316 1318 1319 1320 1325 1331 1334 1337"
	 " 1346 1361 1402 1405 1409 1414 1417 1430 1432 1447 1464 1469"
	 " 1479 1501 1504 1507 1512 1515 1531 1534 1539 1563 1572 1573"
	 " 1580 1601 1608 1612 1615 1618 1629 1630 1636 1641 1651 1659"
	 " 1660 1662 1682 1689 1708 1712 1713 1715 1726 1731 1737 1763"
	 " 1769 1773 1779 1806 1815 1816 1817 1830 1832 1847 1870 1872"
	 " 1901 1903 1913 1918 1920 1931 1936 1938 1940 1945 1952 1956"
	 " 1972 1979 1985 "},
	{"America/Chicago America/Denver",
	 " 1308 1620 1785 "},
	{"America/Chicago America/Denver America/North_Dakota/Center",
	 " 1605 1701 "},
	{"America/Chicago America/New_York",
	 " 1219 1270 1423 1574 1606 1812 1850 1906 "},
	{"America/Denver",
	 " 1303 1307 1385 1406 1435 1505 1575 1719 1720 1801 1915 1970"
	 " "},
	{"America/Denver America/Los_Angeles",
	 " 1541 "},
	{"America/Denver America/Phoenix",
	 " 1480 1520 1602 1928 "},
	{"America/Dominica",
	 " 1767 "},
	{"America/Edmonton",
	 " 1368 1403 1587 1780 1825 "},
	{"America/Edmonton America/Fort_Nelson America/Toronto "
	 "America/Vancouver America/Winnipeg",
	 " 1867 "},
	{"America/Edmonton America/Vancouver",
	 " 1250 "},
	{"America/Grand_Turk",
	 " 1649 "},
	{"America/Grenada",
	 " 1473 "},
	{"America/Halifax",
	 " 1506 1782 1902 "},
	{"America/Halifax America/Puerto_Rico America/St_Johns",
	 " 1709 "},
	{"America/Halifax America/Toronto",
	 " 1418 "},
	{"America/Jamaica",
	 " 1658 1876 "},
	{"America/Los_Angeles",
	 " 1206 1209 1213 1253 1279 1310 1323 1341 1360 1408 1415 1424"
	 " 1425 1442 1458 1503 1509 1510 1530 1559 1562 1564 1619 1626"
	 " 1628 1650 1657 1661 1669 1702 1707 1714 1725 1747 1760 1805"
	 " 1818 1820 1831 1840 1858 1909 1916 1925 1949 1951 1971 "},
	{"America/Lower_Princes",
	 " 1721 "},
	{"America/Manaus",
	 " 5565 5566 5595 "},
	{"America/Manaus America/Rio_Branco",
	 " 5597 "},
	{"America/Manaus America/Sao_Paulo",
	 " 5555 5567 5569 5590 5591 5592 5593 5594 5596 5598 5599 "},
	{"America/Montserrat",
	 " 1664 "},
	{"America/Nassau",
	 " 1242 "},
	{"America/New_York",
	 " 1201 1202 1203 1207 1212 1215 1216 1220 1223 1229 1231 1234"
	 " 1239 1240 1248 1252 1260 1267 1269 1272 1276 1283 1301 1302"
	 " 1304 1305 1313 1315 1317 1321 1326 1330 1332 1336 1339 1347"
	 " 1351 1352 1364 1380 1386 1401 1404 1407 1410 1412 1413 1419"
	 " 1434 1440 1443 1445 1448 1463 1470 1475 1478 1484 1502 1508"
	 " 1513 1516 1517 1518 1540 1551 1561 1567 1570 1571 1582 1585"
	 " 1586 1603 1607 1609 1610 1614 1616 1617 1631 1640 1646 1656"
	 " 1667 1678 1680 1681 1703 1704 1706 1716 1717 1718 1724 1727"
	 " 1732 1734 1740 1743 1754 1757 1762 1765 1770 1771 1772 1774"
	 " 1781 1786 1802 1803 1804 1810 1813 1814 1826 1828 1838 1839"
	 " 1843 1845 1848 1854 1856 1857 1859 1860 1862 1863 1864 1865"
	 " 1878 1904 1908 1910 1912 1914 1917 1919 1929 1930 1934 1937"
	 " 1941 1943 1947 1948 1954 1959 1973 1978 1980 1984 1989 "},
	{"America/Noronha America/Sao_Paulo",
	 " 5581 "},
	{"America/Phoenix",
	 " 1623 "},
	{"America/Port_of_Spain",
	 " 1868 "},
	{"America/Puerto_Rico",
	 " 1787 1939 "},
	{"America/Regina",
	 " 1306 1639 "},
	{"America/Rio_Branco",
	 " 5568 "},
	{"America/Santo_Domingo",
	 " 1809 1829 1849 "},
	{"America/Sao_Paulo",
	 " 551 552 553 554 5550 5551 5553 5554 5561 5562 5563 5564 557"
	 " 5580 5582 5583 5584 5585 5586 5587 5588 5589 "},
	{"America/St_Kitts",
	 " 1869 "},
	{"America/St_Lucia",
	 " 1758 "},
	{"America/St_Thomas",
	 " 1340 "},
	{"America/St_Vincent",
	 " 1784 "},
	{"America/Toronto",
	 " 1226 1249 1263 1289 1343 1365 1367 1416 1438 1450 1468 1514"
	 " 1519 1548 1579 1581 1613 1647 1705 1742 1753 1819 1873 1905"
	 " "},
	{"America/Toronto America/Winnipeg",
	 " 1807 "},
	{"America/Tortola",
	 " 1284 "},
	{"America/Vancouver",
	 " 1236 1604 1672 1778 "},
	{"America/Winnipeg",
	 " 1204 1431 1437 1474 1584 "},
	{"Asia/Almaty",
	 " 733 "},
	{"Asia/Almaty Asia/Aqtobe Europe/Moscow",
	 " 7800 7808 7809 7810 "},
	{"Asia/Anadyr",
	 " 7427 "},
	{"Asia/Irkutsk",
	 " 7301 7395 "},
	{"Asia/Kamchatka",
	 " 7415 "},
	{"Asia/Krasnoyarsk",
	 " 7384 7385 7388 7390 7391 7394 "},
	{"Asia/Magadan",
	 " 7413 "},
	{"Asia/Novosibirsk",
	 " 7382 7383 "},
	{"Asia/Omsk",
	 " 7381 "},
	{"Asia/Sakhalin",
	 " 7424 "},
	{"Asia/Vladivostok",
	 " 7421 7423 7426 "},
	{"Asia/Yakutsk",
	 " 7302 7411 7416 "},
	{"Asia/Yekaterinburg",
	 " 7340 7342 7343 7344 7345 7346 7347 7348 7349 735 "},
	{"Asia/Yekaterinburg Europe/Samara",
	 " 7341 "},
	{"Atlantic/Bermuda",
	 " 1441 "},
	{"Europe/Kaliningrad",
	 " 7401 "},
	{"Europe/Moscow",
	 " 736 747 748 749 7803 7804 7811 7812 7813 7814 7815 7816 "
	 "7817 7818 7819 782 783 7841 7843 7844 7847 7855 786 787 "},
	{"Europe/Samara",
	 " 7842 7846 7848 7851 "},
	{"Europe/Saratov",
	 " 7845 "},
	{"Pacific/Guam",
	 " 1671 "},
	{"Pacific/Honolulu",
	 " 1808 "},
	{"Pacific/Pago_Pago",
	 " 1684 "},
	{"Pacific/Saipan",
	 " 1670 "},
};
/* clang-format on */

const char *area_zones(const char *digits)
{
	char word[PREFIX_MAX + 3];
	size_t longest = strnlen(digits, PREFIX_MAX);

	for (size_t len = longest; len >= PREFIX_MIN; len--) {
		(void)snprintf(word, sizeof(word), " %.*s ", (int)len, digits);
		for (size_t i = 0; i < ARRAY_COUNT(areav); i++) {
			if (strstr(areav[i].prefixes, word))
				return areav[i].zones;
		}
	}

	return "";
}
