package sandbox

import (
	"math"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// wooTags are those that a description may hold (wp_kses_post, shortened).
var wooTags = map[string]bool{
	"a": true, "b": true, "blockquote": true, "br": true, "caption": true, "code": true, "div": true, "em": true,
	"h1": true, "h2": true, "h3": true, "h4": true, "h5": true, "h6": true, "hr": true, "i": true, "img": true,
	"li": true, "ol": true, "p": true, "pre": true, "s": true, "small": true, "span": true, "strong": true,
	"sub": true, "sup": true, "table": true, "tbody": true, "td": true, "tfoot": true, "th": true, "thead": true,
	"tr": true, "u": true, "ul": true,
}

var (
	wooTag      = regexp.MustCompile(`<!--[\s\S]*?-->|</?([A-Za-z][A-Za-z0-9:]*)((?:"[^"]*"|'[^']*'|[^>"'])*)>`)
	wooBadAttr  = regexp.MustCompile(`(?i)\s(on\w+|srcdoc)\s*=\s*("[^"]*"|'[^']*'|[^\s>]+)|\s(?:href|src)\s*=\s*["']?\s*javascript:[^\s>]*`)
	wooBlock    = regexp.MustCompile(`^</?(address|blockquote|caption|div|h[1-6]|hr|li|ol|p|pre|table|tbody|td|tfoot|th|thead|tr|ul)\b`)
	wooNotPrice = regexp.MustCompile(`[^0-9.\-]`)
	wooNotSlug  = regexp.MustCompile(`[^a-z0-9]+`)
	wooBreaks   = regexp.MustCompile(`\n\s*\n+`)
)

// kses strips the tags that a description may not hold; their text stays.
func kses(text string) string {
	return wooTag.ReplaceAllStringFunc(text, func(t string) string {
		m := wooTag.FindStringSubmatch(t)
		if !wooTags[strings.ToLower(m[1])] {
			return ""
		}
		return wooBadAttr.ReplaceAllString(t, "")
	})
}

// autop wraps a text in paragraphs as WordPress does on the way out.
func autop(text string) string {
	text = strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
	if text == "" {
		return ""
	}
	var out strings.Builder
	for _, block := range wooBreaks.Split(text, -1) {
		block = strings.TrimSpace(block)
		if wooBlock.MatchString(strings.ToLower(block)) {
			out.WriteString(block + "\n")
			continue
		}
		out.WriteString("<p>" + strings.ReplaceAll(block, "\n", "<br />\n") + "</p>\n")
	}
	return out.String()
}

// wooPrice stores a price as WooCommerce does: what is no digit, point or
// minus falls away, so that "160.000đ" becomes 160 đồng.
func wooPrice(text string) string {
	text = wooNotPrice.ReplaceAllString(strings.TrimSpace(text), "")
	if _, err := strconv.ParseFloat(text, 64); err != nil {
		return ""
	}
	return text
}

func priceHTML(price string) string {
	amount, err := strconv.ParseFloat(price, 64)
	if err != nil {
		return ""
	}
	return `<span class="woocommerce-Price-amount amount"><bdi><span class="woocommerce-Price-currencySymbol" translate="no">&#8363;</span>` +
		grouped(int64(math.Round(amount)), ",") + `</bdi></span>`
}

// slugOf writes a name in small ASCII letters.
func slugOf(name string) string {
	var plain strings.Builder
	for _, c := range norm.NFD.String(strings.ToLower(name)) {
		switch {
		case c == 'đ':
			plain.WriteByte('d')
		case c >= 0x300 && c < 0x370: // combining marks
		default:
			plain.WriteRune(c)
		}
	}
	return strings.Trim(wooNotSlug.ReplaceAllString(plain.String(), "-"), "-")
}
