package registry

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"

	"ocopsync/internal/ocop"
)

// errEncoding is a text in letters that are not Unicode's.
var errEncoding = errors.New("the text is not UTF-8")

// checkText refuses a file that is no UTF-8 text and says what it seems to be.
// A few bad bytes are left to the cells that they stand in.
func checkText(head []byte, cut bool) error {
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		return fmt.Errorf("%w but UTF-16: save it as \"CSV UTF-8\"", errEncoding)
	case bytes.IndexByte(head, 0) >= 0:
		if seems := utf16Without(head); seems {
			return fmt.Errorf("%w but UTF-16: save it as \"CSV UTF-8\"", errEncoding)
		}
		return errors.New("this is no text: neither a workbook nor CSV nor JSON")
	}
	if cut { // the last character may be cut
		for n := 0; n < utf8.UTFMax && len(head) > 0 && !utf8.Valid(head); n++ {
			head = head[:len(head)-1]
		}
	}
	lines, bad := 0, 0
	for line := range bytes.Lines(head) {
		lines++
		if !utf8.Valid(line) {
			bad++
		}
	}
	if bad == 0 || bad*20 < lines {
		return nil
	}
	if name := guessBytes(head); name != "" {
		return fmt.Errorf("%w but seems to be %s: convert it to Unicode and save it as \"CSV UTF-8\"", errEncoding, name)
	}
	return fmt.Errorf("%w, and which encoding it is can't be told: save it as \"CSV UTF-8\"", errEncoding)
}

// utf16Without tells UTF-16 that has no byte order mark: every other byte of
// mostly Latin text is zero.
func utf16Without(head []byte) bool {
	var zeros [2]int
	for i, c := range head {
		if c == 0 {
			zeros[i%2]++
		}
	}
	return max(zeros[0], zeros[1])*3 > len(head)/2
}

// telling are words of the titles that give an old encoding away, in folded form.
func telling() []string { return []string{"san pham", "chu the", "ten san", "gia ban", "ma san"} }

func guessBytes(head []byte) string {
	if text, err := charmap.Windows1258.NewDecoder().Bytes(head); err == nil && hasTelling(string(text)) {
		return "windows-1258"
	}
	return guessFonts(latin1(head))
}

// latin1 reads every byte as the character of the same number, as programs that
// know nothing of the old Vietnamese encodings do.
func latin1(b []byte) string {
	var s strings.Builder
	for _, c := range b {
		s.WriteRune(rune(c))
	}
	return s.String()
}

func hasTelling(text string) bool {
	key := ocop.NameKey(norm.NFC.String(text))
	for _, w := range telling() {
		if strings.Contains(key, w) {
			return true
		}
	}
	return false
}

// guessFonts tells text whose letters are right only in an old font, or that
// was converted wrongly: valid Unicode, and nonsense.
func guessFonts(text string) string {
	lower := strings.ToLower(text)
	for _, g := range []struct {
		name  string
		words []string
	}{
		{"TCVN3 (ABC, fonts .VnTime)", []string{"s¶n ph", "S¶n ph", "tªn s", "Tªn s", "chñ th", "Chñ th", "gi¸ b", "Gi¸ b"}},
		{"VNI (fonts VNI-Times)", []string{"saûn pha", "SAÛN PHA", "teân sa", "chuû the", "giaù ba"}},
		{"UTF-8 that was read as windows-1252", []string{"sáº£n ph", "sáº¢n ph", "tãªn s", "chá»§ th", "giã¡ b"}},
	} {
		for _, w := range g.words {
			if strings.Contains(text, w) || strings.Contains(lower, w) {
				return g.name
			}
		}
	}
	return ""
}
