package main

import (
	"crypto/tls"
	"fmt"
	"os"
	"sync"
	"time"

	"go.uber.org/zap"
)

// keyPair is a certificate and its key in files, read again when either file
// changes: certificates are renewed under a running daemon. One that can't be
// read leaves the last good one in use, and is told to the log once.
type keyPair struct {
	cert, key string
	now       func() time.Time
	log       *zap.Logger

	mu      sync.Mutex
	loaded  *tls.Certificate
	stamp   [2]time.Time
	checked time.Time
	told    string // the last failure that was logged
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
	k.tell(err)
	return k.loaded, nil
}

// tell logs that the files can't be read, when that or its cause is new.
func (k *keyPair) tell(err error) {
	why := ""
	if err != nil {
		why = err.Error()
	}
	if why != k.told && err != nil {
		k.log.Error("admin.tls: the renewed certificate can't be read; the one before stays in use", zap.String("cert_file", k.cert), zap.Error(err))
	}
	k.told = why
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
