package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"ocopsync/internal/ocop"
)

// reach says where the daemon is and how to be let in.
type reach struct{ address, tokenFile, caFile string }

const (
	defaultAddress = "http://127.0.0.1:8080"
	envToken       = "OCOPSYNC_TOKEN"
	envTokenFile   = "OCOPSYNC_TOKEN_FILE"
	// tokenMark begins every token: one in a wrong place is known by it.
	tokenMark = "ocopsync_"
	// maxSmallFile bounds a file that holds a token or an address, in bytes.
	maxSmallFile = 4 << 10
)

// reachHelp ends the help of every command that talks to a daemon.
const reachHelp = `

The daemon's address is taken from --address, OCOPSYNC_ADDRESS, the file
ocopsync/address in the user's configuration folder, else it is
` + defaultAddress + `. The token is taken from --token-file, OCOPSYNC_TOKEN,
OCOPSYNC_TOKEN_FILE, else from the file ocopsync/token in that folder. A token is
never an argument: others would see it in the list of processes.`

func (r *reach) add(c *cobra.Command) {
	f := c.PersistentFlags()
	f.StringVar(&r.address, "address", "", "of the daemon: host:port, or http:// or https:// and host:port (default "+defaultAddress+")")
	f.StringVar(&r.tokenFile, "token-file", "", "file that holds the token")
	f.StringVar(&r.caFile, "ca-file", "", "certificates (PEM) that an https daemon is trusted by, beside the system's")
	c.Long += reachHelp
}

// sourced is a value with where it was found, for messages.
type sourced struct{ value, from string }

// findAddress gives the daemon's address without a slash at its end.
func (a *app) findAddress(r reach) (sourced, error) {
	found, err := a.firstAddress(r)
	if err != nil {
		return found, err
	}
	at, err := parseAddress(found.value)
	if err != nil {
		return found, &usageError{fmt.Errorf("the daemon's address (%s): %w", found.from, err)}
	}
	found.value = at.String()
	return found, nil
}

func (a *app) firstAddress(r reach) (sourced, error) {
	if r.address != "" {
		return sourced{r.address, "--address"}, nil
	}
	if v, _ := a.getenv(addressVariable); v != "" {
		return sourced{v, addressVariable}, nil
	}
	if file := userFile("address"); file != "" {
		text, err := readSmall(file)
		switch {
		case err == nil && text != "":
			return sourced{text, file}, nil
		case err != nil && !errors.Is(err, fs.ErrNotExist):
			return sourced{}, fmt.Errorf("read the daemon's address: %w", err)
		}
	}
	return sourced{defaultAddress, a.text(ocop.Text{VI: "mặc định", EN: "the default"})}, nil
}

// findToken gives the token. Its errors never hold what was found.
func (a *app) findToken(r reach) (sourced, error) {
	if v, _ := a.getenv(envToken); v != "" && r.tokenFile == "" {
		return checkToken(sourced{strings.TrimSpace(v), envToken})
	}
	file, from := r.tokenFile, "--token-file"
	if v, _ := a.getenv(envTokenFile); file == "" && v != "" {
		file, from = v, envTokenFile
	}
	if file != "" {
		if strings.HasPrefix(filepath.Base(file), tokenMark) {
			return sourced{}, &usageError{fmt.Errorf("%s takes the name of a file, not the token itself", from)}
		}
		text, err := readSmall(file)
		if err != nil {
			return sourced{}, fmt.Errorf("%s: %w", from, err)
		}
		return checkToken(sourced{text, file})
	}
	file = userFile("token")
	if file == "" {
		return sourced{}, a.noToken("the file ocopsync/token in your configuration folder")
	}
	text, err := readSmall(file)
	if errors.Is(err, fs.ErrNotExist) {
		return sourced{}, a.noToken(file)
	}
	if err != nil {
		return sourced{}, fmt.Errorf("read the token: %w", err)
	}
	return checkToken(sourced{text, file})
}

func (a *app) noToken(file string) error {
	return errors.New(a.fill(ocop.Text{
		VI: "chưa có mã truy cập: hãy đưa bằng --token-file, %s hay %s, hoặc ghi vào %s. %s",
		EN: "no token: give one by --token-file, %s or %s, or put it into %s. %s",
	}, envToken, envTokenFile, file, a.text(firstTokenHint())))
}

func checkToken(t sourced) (sourced, error) {
	plain := !strings.ContainsFunc(t.value, func(c rune) bool { return c <= ' ' || c > '~' })
	if t.value == "" || !plain || len(t.value) > 200 {
		return sourced{}, fmt.Errorf("%s holds no token: expected one word that begins with %s", t.from, tokenMark)
	}
	return t, nil
}

// userFile names a file in the user's configuration folder; "" without one.
func userFile(name string) string {
	dir, err := os.UserConfigDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "ocopsync", name)
}

// readSmall reads a file of a line, without the space around it.
func readSmall(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	b, err := io.ReadAll(io.LimitReader(f, maxSmallFile+1))
	if err != nil {
		return "", err
	}
	if len(b) > maxSmallFile {
		return "", fmt.Errorf("%s: larger than %d bytes", name, maxSmallFile)
	}
	return strings.TrimSpace(string(b)), nil
}
