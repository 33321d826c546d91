"""Two calendars of the tests: an office that works, a chamber that sits."""

OFFICE = """
code = "office"
kind = "working"
known_from = 2024-01-01
known_until = 2025-12-31
weekend = ["saturday", "sunday"]
[title]
en = "Office"
ru = "Учреждение"
kk = "Мекеме"
[source]
en = "Rule 1"
ru = "Правило 1"
kk = "1-қағида"

[[holidays]]
day = "05-01"
name = { en = "May Day", ru = "Первомай", kk = "Бірінші мамыр" }
moves = true
[[holidays]]
day = "09-01"
name = { en = "Old Day", ru = "Старый день", kk = "Ескі күн" }
until = 2024
moves = false
[[holidays]]
day = "09-01"
name = { en = "New Day", ru = "Новый день", kk = "Жаңа күн" }
from = 2025
moves = false

[[movable]]
name = { en = "Feast", ru = "Праздник", kk = "Мереке" }
days = [2024-06-16, 2025-06-06]
moves = false

[[decisions]]
off = [2025-05-02]
working = [2025-05-04]
name = { en = "Long weekend", ru = "Длинные выходные", kk = "Ұзақ демалыс" }
source = { en = "Order 5", ru = "Приказ 5", kk = "5-бұйрық" }
"""

#: Sits from Tuesday to Thursday, with a recess from the end of March; on Thursday 1 May it does not sit, on Monday
#: 24 March it does.
CHAMBER = """
code = "chamber"
kind = "sitting"
known_from = 2025-01-01
known_until = 2025-06-30
[title]
en = "Chamber"
ru = "Палата"
kk = "Палата"
[source]
en = "Decision 1"
ru = "Решение 1"
kk = "1-шешім"

[[sittings]]
from = 2025-01-14
until = 2025-03-20
weekdays = ["tuesday", "wednesday", "thursday"]
name = { en = "Winter session", ru = "Зимняя сессия", kk = "Қысқы сессия" }
[[sittings]]
from = 2025-04-08
until = 2025-06-19
weekdays = ["tuesday", "wednesday", "thursday"]
[[sittings]]
days = [2025-06-24, 2025-06-25, 2025-06-26]

[[decisions]]
off = [2025-05-01]
sitting = [2025-03-24]
source = { en = "Decision 2", ru = "Решение 2", kk = "2-шешім" }
"""
