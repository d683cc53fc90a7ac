package ocop

// A dateReader reads a date out of folded words and numbers.
type dateReader struct {
	tokens []token
	at     int
}

// read understands the whole value or nothing.
func (r *dateReader) read() (Days, bool) {
	r.introduction()
	if r.word("quy") || r.word("q") { // "quý I/2020"
		q := r.quarter()
		r.sign()
		r.word("nam")
		year, ok := r.year()
		return monthsOf(year, 3*q-2, 3), ok && q >= 1 && q <= 4 && r.end()
	}
	if r.word("nam") { // "năm 2020"
		year, ok := r.year()
		return yearOf(year), ok && r.end()
	}
	if r.word("thang") || r.word("thg") || r.word("t") { // "tháng 1/2020"
		month, ok := r.number(2)
		return r.monthAndYear(month, ok)
	}
	first, width := r.peek()
	if width == 4 {
		return r.yearFirst(first)
	}
	day, ok := r.number(2)
	if !ok {
		return Days{}, false
	}
	spoken := r.sign() && (r.word("thang") || r.word("thg")) // "15 tháng 1", "15-thg 1"
	var month int
	_, width = r.peek()
	switch {
	case width == 4 && !spoken: // "1/2020"
		return r.monthAndYear(day, true)
	case width == 0:
		if month = englishMonth(r.text()); month == 0 {
			return Days{}, false
		}
		r.at++
	default:
		if month, ok = r.number(2); !ok {
			return Days{}, false
		}
	}
	if !r.sign() {
		return Days{}, false
	}
	r.word("nam")
	year, ok := r.year()
	if !ok || !r.timeOfDay() || !r.end() {
		return Days{}, false
	}
	return dayOf(year, month, day)
}

// yearFirst reads "2020", "2020-01" and "2020/01/15".
func (r *dateReader) yearFirst(year int) (Days, bool) {
	r.at++
	if r.end() {
		return yearOf(year), true
	}
	r.sign()
	month, ok := r.number(2)
	if !ok || month < 1 || month > 12 {
		return Days{}, false
	}
	if r.end() {
		return monthsOf(year, month, 1), true
	}
	r.sign()
	day, ok := r.number(2)
	if !ok || !r.timeOfDay() || !r.end() {
		return Days{}, false
	}
	return dayOf(year, month, day)
}

// monthAndYear reads what follows a month.
func (r *dateReader) monthAndYear(month int, ok bool) (Days, bool) {
	r.sign()
	r.word("nam")
	year, okYear := r.year()
	if !ok || !okYear || month < 1 || month > 12 || !r.end() {
		return Days{}, false
	}
	return monthsOf(year, month, 1), true
}

// introduction skips what may stand before a date: "ngày cấp:", "đến hết ngày",
// "Đà Lạt, ngày".
func (r *dateReader) introduction() {
	for i, t := range r.tokens {
		if t.kind == digits {
			break
		}
		if i > 0 && t.is(",") && len(r.tokens) > i+1 && r.tokens[i+1].is("ngay") {
			r.at = i + 1
		}
	}
	for r.word("ngay") || r.word("cap") || r.word("ky") || r.word("tu") || r.word("den") || r.word("het") || r.at > 0 && r.word(":") {
	}
}

// quarter takes "1", "IV"; anything else is no quarter.
func (r *dateReader) quarter() int {
	q, width := r.peek()
	if width == 0 {
		switch r.text() {
		case "i":
			q = 1
		case "ii":
			q = 2
		case "iii":
			q = 3
		case "iv":
			q = 4
		}
	}
	r.at++
	return q
}

// timeOfDay skips "08:30", "8:30:00", "00:00:00.000".
func (r *dateReader) timeOfDay() bool {
	if r.end() {
		return true
	}
	for i := 0; ; i++ {
		if _, ok := r.number(3); !ok {
			return false
		}
		if r.end() {
			return i > 0
		}
		if i == 3 || !r.word(":") && (i != 2 || !r.word(".")) {
			return false
		}
	}
}

// sign skips one of the signs between the parts of a date; a space will do.
func (r *dateReader) sign() bool {
	if r.at < len(r.tokens) && r.tokens[r.at].kind != other {
		return true
	}
	return r.word("/") || r.word("-") || r.word(".") || r.word("–") || r.word(",")
}

// word skips one token with the given text.
func (r *dateReader) word(text string) bool {
	if r.text() != text {
		return false
	}
	r.at++
	return true
}

// text is the next token's text, "" at the end.
func (r *dateReader) text() string {
	if r.end() {
		return ""
	}
	return r.tokens[r.at].text
}

// peek gives the next number and how many digits it is written with, 0 for none.
func (r *dateReader) peek() (n, width int) {
	if r.end() || r.tokens[r.at].kind != digits {
		return 0, 0
	}
	return smallInt(r.tokens[r.at].text), len(r.tokens[r.at].text)
}

// number takes a number of at most the given digits.
func (r *dateReader) number(digits int) (int, bool) {
	n, width := r.peek()
	if width == 0 || width > digits {
		return 0, false
	}
	r.at++
	return n, true
}

// year takes a number of four digits.
func (r *dateReader) year() (int, bool) {
	n, width := r.peek()
	if width != 4 {
		return 0, false
	}
	r.at++
	return n, true
}

func (r *dateReader) end() bool { return r.at >= len(r.tokens) }

// englishMonth reads the month's name as spreadsheets show it.
func englishMonth(name string) int {
	switch name {
	case "jan", "january":
		return 1
	case "feb", "february":
		return 2
	case "mar", "march":
		return 3
	case "apr", "april":
		return 4
	case "may":
		return 5
	case "jun", "june":
		return 6
	case "jul", "july":
		return 7
	case "aug", "august":
		return 8
	case "sep", "sept", "september":
		return 9
	case "oct", "october":
		return 10
	case "nov", "november":
		return 11
	case "dec", "december":
		return 12
	}
	return 0
}
