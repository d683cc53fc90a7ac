package market

import (
	"io"
	"net/http"

	"github.com/go-resty/resty/v2"
)

// An Answer is a market's whole answer to one call.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Send makes one call with a request of a NewClient and reads its answer to the
// end. The error is for TransportError: there is no answer, or not all of it.
//
// resty would read the body into ever larger memory and look at its type by a
// regular expression, for a decoding that no market asks of it.
func Send(req *resty.Request, method, address string) (Answer, error) {
	resp, err := req.SetDoNotParseResponse(true).Execute(method, address)
	if err != nil {
		return Answer{}, err
	}
	raw := resp.RawResponse
	defer raw.Body.Close() //nolint:errcheck // only read from
	body, err := readAnswer(raw.Body, raw.ContentLength)
	if err != nil {
		return Answer{}, err
	}
	return Answer{raw.StatusCode, raw.Header, body}, nil
}

// toldAtMost is the length that is believed before it has come.
const toldAtMost = 1 << 20

// readAnswer reads a body whose length was told, or not (-1).
func readAnswer(body io.Reader, told int64) ([]byte, error) {
	if told < 0 || told > toldAtMost {
		return io.ReadAll(body)
	}
	out := make([]byte, told)
	if _, err := io.ReadFull(body, out); err != nil {
		return nil, err
	}
	return out, nil
}
