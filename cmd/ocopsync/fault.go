package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/go-resty/resty/v2"

	"ocopsync/internal/ocop"
)

// A fault is why a call of the daemon came to nothing, in words that a person
// can act on. They never hold the token.
type fault struct {
	status  int           // of the answer; 0: there was none
	passes  bool          // trying again can help
	arrived bool          // what was asked for may have been done
	after   time.Duration // how long the daemon asks to wait before that
	words   string
	err     error // the cause; nil for an answer
}

func (f *fault) Error() string { return f.words }
func (f *fault) Unwrap() error { return f.err }

// text gives a text in the person's language, without the token.
func (d *client) text(t ocop.Text) string {
	return strings.ReplaceAll(d.app.text(t), d.token.value, "(token)")
}

// firstTokenHint says how the first token is made.
func firstTokenHint() ocop.Text {
	return ocop.Text{
		VI: "Mã đầu tiên được tạo trên máy chạy dịch vụ: ocopsync token create TÊN --role admin --direct",
		EN: "The first one is made on the daemon's machine: ocopsync token create NAME --role admin --direct",
	}
}

// noAnswer tells of a call that was not answered.
func (d *client) noAnswer(err error) error {
	var inURL *url.Error // repeats the address
	cause := err
	if errors.As(err, &inURL) {
		cause = inURL.Err
	}
	at := fmt.Sprintf("%s (%s)", d.address.value, d.address.from)
	var words ocop.Text
	var untrusted *tls.CertificateVerificationError
	var unknownCA x509.UnknownAuthorityError
	passes := true
	switch {
	case errors.Is(err, resty.ErrResponseBodyTooLarge):
		passes = false
		words = ocop.Text{
			VI: fmt.Sprintf("%s trả lời nhiều hơn %d MiB; đây có phải địa chỉ của ocopsync không?", at, maxAnswer>>20),
			EN: fmt.Sprintf("%s answers more than %d MiB; is this the daemon's address?", at, maxAnswer>>20),
		}
	case errors.As(err, &unknownCA):
		passes = false
		words = ocop.Text{
			VI: fmt.Sprintf("chứng chỉ của %s không được tin; hãy đưa chứng chỉ của nơi cấp bằng --ca-file. %v", at, cause),
			EN: fmt.Sprintf("the certificate of %s is not trusted; give its authority's by --ca-file. %v", at, cause),
		}
	case errors.As(err, &untrusted), errors.As(err, new(tls.RecordHeaderError)), strings.Contains(cause.Error(), "HTTP response to HTTPS client"):
		passes = false
		words = ocop.Text{
			VI: fmt.Sprintf("không nói chuyện an toàn được với %s: %v", at, cause),
			EN: fmt.Sprintf("%s can't be talked to by https: %v", at, cause),
		}
	case errors.Is(err, context.DeadlineExceeded):
		words = ocop.Text{
			VI: fmt.Sprintf("%s không trả lời trong %s.", at, callTimeout),
			EN: fmt.Sprintf("%s did not answer within %s.", at, callTimeout),
		}
	case errors.Is(err, syscall.ECONNREFUSED):
		words = ocop.Text{
			VI: fmt.Sprintf("không có dịch vụ nào trả lời tại %s. Hãy chạy `ocopsync serve`, hoặc cho biết địa chỉ bằng --address hay %s.", at, addressVariable),
			EN: fmt.Sprintf("no daemon answers at %s. Start one with `ocopsync serve`, or say by --address or %s where it is.", at, addressVariable),
		}
	default:
		words = ocop.Text{
			VI: fmt.Sprintf("không gọi được %s: %v", at, cause),
			EN: fmt.Sprintf("%s can't be reached: %v", at, cause),
		}
	}
	var dial *net.OpError
	arrived := !(errors.As(err, &dial) && dial.Op == "dial") && passes
	return &fault{passes: passes, arrived: arrived, words: d.text(words), err: err}
}

// A problem is what the daemon says that it did not do (RFC 9457).
type problem struct {
	Type, Detail, Field, Value, Request string
}

const problemType = "urn:ocopsync:problem:"

// refused tells of an answer that is none of those hoped for.
func (d *client) refused(status int, header http.Header, body []byte) error {
	var p problem
	err := json.Unmarshal(body, &p)
	if status < 400 || err != nil || !strings.HasPrefix(p.Type, problemType) || p.Detail == "" {
		return d.stranger(status)
	}
	f := &fault{status: status, passes: status == http.StatusTooManyRequests || status >= 500, arrived: status >= 500}
	if s, err := strconv.Atoi(header.Get("Retry-After")); err == nil && s > 0 {
		f.after = time.Duration(s) * time.Second
	}
	words := oneLine(p.Detail)
	if p.Field != "" {
		words += fmt.Sprintf(" (%s: %q)", p.Field, p.Value)
	}
	same := ocop.Text{VI: words, EN: words}
	switch {
	case status == http.StatusUnauthorized:
		same.VI += fmt.Sprintf(" Mã đang dùng lấy từ %s. Quản trị viên tạo mã bằng `ocopsync token create`. %s", d.token.from, firstTokenHint().VI)
		same.EN += fmt.Sprintf(" The token was taken from %s. An administrator makes one with `ocopsync token create`. %s", d.token.from, firstTokenHint().EN)
	case status == http.StatusForbidden:
		same.VI += fmt.Sprintf(" Mã đang dùng lấy từ %s; quản trị viên tạo mã khác bằng `ocopsync token create TÊN --role ...`.", d.token.from)
		same.EN += fmt.Sprintf(" The token was taken from %s; an administrator makes another with `ocopsync token create NAME --role ...`.", d.token.from)
	case status >= 500:
		same.VI += fmt.Sprintf(" (mã yêu cầu %s)", oneLine(p.Request))
		same.EN += fmt.Sprintf(" (request %s)", oneLine(p.Request))
	}
	f.words = d.text(same)
	if status == http.StatusBadRequest || status == http.StatusUnprocessableEntity || status == http.StatusNotFound && p.Field == "market" {
		return &usageError{f}
	}
	return f
}

// stranger tells of an answer that a daemon does not give.
func (d *client) stranger(status int) error {
	at := fmt.Sprintf("%s (%s)", d.address.value, d.address.from)
	words := ocop.Text{
		VI: fmt.Sprintf("%s trả lời %d, không giống dịch vụ ocopsync; đây có phải địa chỉ của dịch vụ, hay của một máy trung gian?", at, status),
		EN: fmt.Sprintf("%s answered %d, and not as ocopsync's daemon does; is this its address, or a proxy's before it?", at, status),
	}
	if status >= 300 && status < 400 {
		words = ocop.Text{
			VI: fmt.Sprintf("%s trả lời %d, chuyển sang địa chỉ khác; mã truy cập không được gửi tiếp. Hãy cho biết đúng địa chỉ của dịch vụ.", at, status),
			EN: fmt.Sprintf("%s answered %d, a redirect, which the token does not follow. Give the daemon's own address.", at, status),
		}
	}
	return &fault{status: status, passes: status >= 500, arrived: status >= 500, words: d.text(words)}
}
