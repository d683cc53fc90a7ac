package main

import (
	"crypto/tls"
	"fmt"
	"os"
	"sync"
	"time"
)

// keyPair is a certificate and its key in files, read again when either file
// changes: certificates are renewed under a running daemon. One that can't be
// read leaves the last good one in use.
type keyPair struct {
	cert, key string
	now       func() time.Time

	mu      sync.Mutex
	loaded  *tls.Certificate
	stamp   [2]time.Time
	checked time.Time
}

// keyPairEvery is the least time between two looks at the files.
const keyPairEvery = 10 * time.Second

func (k *keyPair) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	if k.loaded != nil && now.Sub(k.checked).Abs() < keyPairEvery {
		return k.loaded, nil
	}
	k.checked = now
	stamp, err := k.stamps()
	if err == nil && (k.loaded == nil || stamp != k.stamp) {
		var pair tls.Certificate
		if pair, err = tls.LoadX509KeyPair(k.cert, k.key); err == nil {
			k.loaded, k.stamp = &pair, stamp
		}
	}
	if k.loaded == nil {
		return nil, fmt.Errorf("read the certificate: %w", err)
	}
	return k.loaded, nil
}

func (k *keyPair) stamps() (stamp [2]time.Time, err error) {
	for i, name := range []string{k.cert, k.key} {
		info, err := os.Stat(name)
		if err != nil {
			return stamp, err
		}
		stamp[i] = info.ModTime()
	}
	return stamp, nil
}
