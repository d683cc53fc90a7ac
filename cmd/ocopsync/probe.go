package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"ocopsync/internal/market"
)

// checkDataDir sees whether the held reading can be written; it leaves nothing.
func checkDataDir(dir string) finding {
	at := dir
	for { // the folder itself is made by the first run
		info, err := os.Stat(at)
		if err == nil && !info.IsDir() {
			return finding{"data_dir", levelBad, at + " is a file, not a folder"}
		}
		if err == nil {
			break
		}
		if parent := filepath.Dir(at); parent != at && errors.Is(err, fs.ErrNotExist) {
			at = parent
			continue
		}
		return finding{"data_dir", levelBad, err.Error()}
	}
	f, err := os.CreateTemp(at, ".ocopsync-check-")
	if err != nil {
		return finding{"data_dir", levelBad, dir + " cannot be written: " + err.Error()}
	}
	_ = f.Close()
	_ = os.Remove(f.Name())
	return finding{"data_dir", levelOK, dir}
}

// maxSkew is how far a server's clock may be from ours before it is said:
// signatures (OAuth) and tokens go wrong beyond.
const maxSkew = time.Minute

func (a *app) checkClock(ctx context.Context, what, address string, roots *x509.CertPool) finding {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, address, nil)
	if err != nil {
		return finding{what, levelBad, "address cannot be used: " + market.Redact(err.Error())}
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
		return finding{what, levelBad, "cannot be reached: " + market.Redact(err.Error())}
	}
	defer func() { _ = res.Body.Close() }()
	date, err := http.ParseTime(res.Header.Get("Date"))
	if err != nil {
		return finding{what, levelWarn, "does not tell its time, so clocks cannot be compared"}
	}
	if skew := a.now().Sub(date).Round(time.Second); skew.Abs() > maxSkew {
		return finding{what, levelWarn, fmt.Sprintf("its clock differs from ours by %s; set the clocks (NTP)", skew)}
	}
	return finding{what, levelOK, "reachable, clocks agree"}
}
