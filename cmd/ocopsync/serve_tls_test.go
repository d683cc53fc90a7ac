package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A daemon that speaks https itself, and whose certificate is renewed.

// writeCertificate writes a certificate of its own for 127.0.0.1 with a serial
// number, and its key, to files, and gives the certificate in PEM.
func writeCertificate(t *testing.T, certFile, keyFile string, serial int64) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	now := time.Now()
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "ocopsync"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}, &x509.Certificate{SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "ocopsync"}}, &key.PublicKey, key)
	must(t, err)
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	must(t, err)
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	must(t, os.WriteFile(certFile, cert, 0o600))
	must(t, os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600))
	for _, name := range []string{certFile, keyFile} { // written at a time that no other one was
		at := now.Add(-time.Hour).Add(time.Duration(serial) * time.Second)
		must(t, os.Chtimes(name, at, at))
	}
	return cert
}

// shown gives the serial number of the certificate that the daemon shows a new
// caller, who trusts the certificates alone.
func shown(t *testing.T, url string, trusted ...[]byte) int64 {
	t.Helper()
	roots := x509.NewCertPool()
	for _, pem := range trusted {
		roots.AppendCertsFromPEM(pem)
	}
	client := http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, DisableKeepAlives: true,
	}}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/livez", nil)
	must(t, err)
	res, err := client.Do(req)
	must(t, err)
	must(t, res.Body.Close())
	if res.StatusCode != http.StatusOK || res.Header.Get("Strict-Transport-Security") == "" {
		t.Errorf("over https /livez answers %d %v", res.StatusCode, res.Header)
	}
	return res.TLS.PeerCertificates[0].SerialNumber.Int64()
}

func TestServeTakesARenewedCertificate(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	certFile, keyFile := filepath.Join(f.dir, "tls.crt"), filepath.Join(f.dir, "tls.key")
	first := writeCertificate(t, certFile, keyFile, 1)
	f.configure(with(`cert_file: "", key_file: ""`, `cert_file: "`+certFile+`", key_file: "`+keyFile+`"`))
	r := f.serveHere()
	if !strings.HasPrefix(r.url, "https://") {
		t.Fatalf("it says that it serves at %s", r.url)
	}
	if n := shown(t, r.url, first); n != 1 {
		t.Errorf("shown is certificate %d", n)
	}
	second := writeCertificate(t, certFile, keyFile, 2)
	f.pass(keyPairEvery)
	if n := shown(t, r.url, first, second); n != 2 {
		t.Errorf("shown is certificate %d after it was renewed", n)
	}
	third := writeCertificate(t, certFile, keyFile, 3)
	good, err := os.ReadFile(certFile)
	must(t, err)
	must(t, os.WriteFile(certFile, []byte("half a cert"), 0o600)) // while it is being written
	f.pass(keyPairEvery)
	if n := shown(t, r.url, first, second, third); n != 2 {
		t.Errorf("shown is certificate %d while the new one can't be read", n)
	}
	f.pass(keyPairEvery)
	shown(t, r.url, second)
	if told := r.lines("admin.tls: the renewed certificate can't be read; the one before stays in use"); len(told) != 1 {
		t.Errorf("that the new certificate can't be read was logged %d times, want once", len(told))
	}
	must(t, os.WriteFile(certFile, good, 0o600))
	f.pass(keyPairEvery)
	if n := shown(t, r.url, third); n != 3 {
		t.Errorf("shown is certificate %d once it can be read", n)
	}
	r.stopped()

	must(t, os.Remove(keyFile))
	if got := f.call("serve"); got.code != exitFailed || !strings.Contains(got.err, "admin.tls: ") || !strings.Contains(got.err, keyFile) {
		t.Errorf("without its key: expected exit 1 and which file is missing\n%s", got)
	}
}
