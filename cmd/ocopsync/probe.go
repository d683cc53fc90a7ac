package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"ocopsync/internal/market"
	"ocopsync/internal/ocop"
)

// checkDataDir sees whether the held reading can be written; it leaves nothing.
func checkDataDir(dir string) finding {
	at := dir
	for { // the folder itself is made by the first run
		info, err := os.Stat(at)
		if err == nil && !info.IsDir() {
			return say("data_dir", levelBad, ocop.Text{VI: "%s là tệp, không phải thư mục", EN: "%s is a file, not a folder"}, at)
		}
		if err == nil {
			break
		}
		if parent := filepath.Dir(at); parent != at && errors.Is(err, fs.ErrNotExist) {
			at = parent
			continue
		}
		return bad("data_dir", err)
	}
	f, err := os.CreateTemp(at, ".ocopsync-check-")
	if err != nil {
		return say("data_dir", levelBad, ocop.Text{VI: "không ghi được vào %s: %v", EN: "%s cannot be written: %v"}, dir, err)
	}
	_ = f.Close()
	_ = os.Remove(f.Name())
	return good("data_dir", ocop.Text{VI: "%s", EN: "%s"}, dir)
}

// maxSkew is how far a server's clock may be from ours before it is said:
// signatures (OAuth) and tokens go wrong beyond.
const maxSkew = time.Minute

func (a *app) checkClock(ctx context.Context, what, address string, roots *x509.CertPool) finding {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, address, nil)
	if err != nil {
		return say(what, levelBad, ocop.Text{VI: "địa chỉ không dùng được: %s", EN: "address cannot be used: %s"}, market.Redact(err.Error()))
	}
	transport := &http.Transport{
		Proxy: http.ProxyFromEnvironment, TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: true,
	}
	defer transport.CloseIdleConnections()
	client := &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	res, err := client.Do(req)
	if err != nil {
		return say(what, levelBad, ocop.Text{VI: "không kết nối được: %s", EN: "cannot be reached: %s"}, market.Redact(err.Error()))
	}
	defer func() { _ = res.Body.Close() }()
	date, err := http.ParseTime(res.Header.Get("Date"))
	if err != nil {
		return say(what, levelWarn, ocop.Text{
			VI: "không cho biết giờ nên không so được đồng hồ", EN: "does not tell its time, so clocks cannot be compared",
		})
	}
	if skew := a.now().Sub(date).Round(time.Second); skew.Abs() > maxSkew {
		return say(what, levelWarn, ocop.Text{
			VI: "đồng hồ của họ lệch %s so với máy này; hãy chỉnh giờ (NTP)", EN: "its clock differs from ours by %s; set the clocks (NTP)",
		}, skew)
	}
	return good(what, ocop.Text{VI: "kết nối được, đồng hồ khớp", EN: "reachable, clocks agree"})
}
