package market

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
)

// A PictureError is why a picture can't be used. It becomes the reason
// bad_image unless it is Temporary: then the picture's server could not be
// reached at the moment and trying later can help.
type PictureError struct {
	Address   string // without its query, which can hold secrets
	Why       ocop.Text
	Temporary bool
	Err       error // cause, for the log; may be nil
}

func (e *PictureError) Error() string {
	s := "picture " + e.Address + ": " + e.Why.EN
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

func (e *PictureError) Unwrap() error { return e.Err }

// Problem says it to the producer, whose picture it is.
func (e *PictureError) Problem() listing.Problem {
	return listing.Problem{
		Reason: ocop.BadImage, Field: listing.FieldPictures, Party: ocop.PartyProducer,
		Text: ocop.Text{
			VI: "Ảnh " + e.Address + ": " + e.Why.VI,
			EN: "Picture " + e.Address + ": " + e.Why.EN,
		},
	}
}

func pictureError(address string, why ocop.Text, cause error) *PictureError {
	return &PictureError{Address: shownAddress(address), Why: why, Err: cause}
}

// shownAddress is an address for people: without query, fragment and
// credentials, and not endless.
func shownAddress(address string) string {
	at, err := url.Parse(strings.TrimSpace(address))
	if err != nil || at.Host == "" {
		cut, _, _ := strings.Cut(address, "?")
		return CleanWords(cut)
	}
	return CleanWords((&url.URL{Scheme: at.Scheme, Host: at.Host, Path: at.Path}).String())
}

func whyAddress() ocop.Text {
	return ocop.Text{
		VI: "địa chỉ phải bắt đầu bằng http:// hoặc https://",
		EN: "the address must begin with http:// or https://",
	}
}

func whyCredentials() ocop.Text {
	return ocop.Text{
		VI: "địa chỉ không được chứa tên và mật khẩu",
		EN: "the address must not hold a name and password",
	}
}

func whyPrivate() ocop.Text {
	return ocop.Text{
		VI: "địa chỉ thuộc mạng nội bộ, sàn không tải được",
		EN: "the address belongs to a private network",
	}
}

func whyRedirects() ocop.Text {
	return ocop.Text{
		VI: fmt.Sprintf("địa chỉ chuyển hướng quá %d lần", maxRedirects),
		EN: fmt.Sprintf("the address redirects more than %d times", maxRedirects),
	}
}

func whyUnreachable() ocop.Text {
	return ocop.Text{
		VI: "hiện không kết nối được máy chủ chứa ảnh",
		EN: "the picture's server can't be reached at the moment",
	}
}

func whyStatus(status int) ocop.Text {
	return ocop.Text{
		VI: fmt.Sprintf("máy chủ chứa ảnh trả lời HTTP %d", status),
		EN: strings.TrimSpace(fmt.Sprintf("the picture's server answers HTTP %d %s", status, http.StatusText(status))),
	}
}

func whyTooBig(most int64) ocop.Text {
	const mib = 1 << 20
	return ocop.Text{
		VI: fmt.Sprintf("ảnh lớn hơn %.4g MB", float64(most)/mib),
		EN: fmt.Sprintf("the picture is larger than %.4g MiB", float64(most)/mib),
	}
}

func whyType(found string, allowed []string) ocop.Text {
	list := strings.ReplaceAll(strings.Join(allowed, ", "), "image/", "")
	return ocop.Text{
		VI: fmt.Sprintf("tệp là %s, cần ảnh %s", found, list),
		EN: fmt.Sprintf("the file is %s, a picture of type %s is needed", found, list),
	}
}

func whyUnreadable() ocop.Text {
	return ocop.Text{VI: "tệp ảnh bị hỏng", EN: "the picture's file is damaged"}
}

func whyTooSmall(width, height, least int) ocop.Text {
	return ocop.Text{
		VI: fmt.Sprintf("ảnh %d×%d điểm, mỗi cạnh cần ít nhất %d", width, height, least),
		EN: fmt.Sprintf("the picture has %d×%d pixels, each side needs at least %d", width, height, least),
	}
}

func whyTooManyPixels(width, height int, most int64) ocop.Text {
	return ocop.Text{
		VI: fmt.Sprintf("ảnh %d×%d điểm, nhiều hơn %d triệu điểm", width, height, most/1_000_000),
		EN: fmt.Sprintf("the picture has %d×%d pixels, more than %d million", width, height, most/1_000_000),
	}
}
