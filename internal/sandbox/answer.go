package sandbox

import (
	"bytes"
	"encoding/json"
	"io"
	"math"
	"net/http"
	"strconv"
	"time"
)

// problem is RFC 9457's, with postmart's additions.
type problem struct {
	Type      string       `json:"type,omitempty"`
	Code      string       `json:"code,omitempty"`
	Title     string       `json:"title,omitempty"`
	Status    int          `json:"status"`
	Detail    string       `json:"detail,omitempty"`
	ProductID string       `json:"product_id,omitempty"`
	RequestID string       `json:"request_id,omitempty"`
	Errors    []fieldError `json:"errors,omitempty"`
}

type fieldError struct {
	Field   string `json:"field"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

func writeProblem(w http.ResponseWriter, p problem) {
	writeBody(w, p.Status, "application/problem+json", encode(p))
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	writeBody(w, status, "application/json", encode(v))
}

func writeBody(w http.ResponseWriter, status int, kind string, body []byte) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that went is no concern of the market's
}

// encode writes JSON as the markets do: with < and & as they are.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("sandbox: " + err.Error()) // only our own plain structs come here
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

func retryAfter(w http.ResponseWriter, wait time.Duration) {
	w.Header().Set("Retry-After", strconv.Itoa(max(1, int(math.Ceil(wait.Seconds())))))
}

func refuseAsProblem(w http.ResponseWriter, wait time.Duration) {
	retryAfter(w, wait)
	writeProblem(w, problem{Status: http.StatusTooManyRequests, Code: "rate_limited", Title: "Too many calls"})
}

func refuseAsGateway(w http.ResponseWriter, wait time.Duration) {
	retryAfter(w, wait)
	writeHTML(w, http.StatusTooManyRequests)
}

// writeHTML answers as a proxy in front of a market does.
func writeHTML(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(status)
	text := strconv.Itoa(status) + " " + http.StatusText(status)
	_, _ = io.WriteString(w, "<html>\r\n<head><title>"+text+"</title></head>\r\n<body><center><h1>"+text+"</h1></center><hr><center>gateway</center></body>\r\n</html>\r\n")
}
