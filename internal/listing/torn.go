package listing

import "strings"

// escapeTorn escapes every '<' of a tag that never ends, since its '>' or the
// closing quotation mark of an attribute is missing: "Size S<M". A tokenizer
// would drop it with all that follows. A torn comment may go.
func escapeTorn(s string) string {
	t := tearing{
		in: s, lastEnd: strings.LastIndexByte(s, '>'),
		lastDouble: strings.LastIndexByte(s, '"'), lastSingle: strings.LastIndexByte(s, '\''),
	}
	var b strings.Builder
	done := 0
	for i, torn := 0, 0; i < len(s) && torn < maxTorn; {
		n := strings.IndexByte(s[i:], '<')
		if n < 0 {
			break
		}
		i += n
		if !startsTag(s[i:]) || s[i+1] == '!' || s[i+1] == '?' {
			i++
			continue
		}
		if end := t.end(i + 1); end > 0 {
			i = end
			continue
		}
		b.WriteString(s[done:i])
		b.WriteString("&lt;")
		i++
		torn++
		done = i
	}
	if done == 0 {
		return s
	}
	b.WriteString(s[done:])
	return b.String()
}

// maxTorn bounds how many torn tags are mended: each costs a look through the
// rest of the text, and people tear one or two.
const maxTorn = 50

// tearing looks for the ends of tags.
type tearing struct {
	in string
	// Where the last '>', '"' and '\'' stand.
	lastEnd, lastDouble, lastSingle int
}

// end gives the place after the tag whose name begins at i, 0 when it has no end.
func (t *tearing) end(i int) int {
	value := false // an attribute's value may begin
	for ; i <= t.lastEnd; i++ {
		switch c := t.in[i]; {
		case c == '>':
			return i + 1
		case value && (c == '"' || c == '\''):
			if i == t.lastDouble || i == t.lastSingle {
				return 0
			}
			i += 1 + strings.IndexByte(t.in[i+1:], c)
			value = false
		case c == '=':
			value = true
		case !tagSpace(c):
			value = false
		}
	}
	return 0
}
