package registry_test

import (
	"strings"
	"testing"
)

// wantError holds an error to the words that a person must get; "" is none.
func wantError(t *testing.T, what string, err error, want string) {
	t.Helper()
	switch {
	case want == "" && err != nil:
		t.Errorf("%s: %v", what, err)
	case want != "" && err == nil:
		t.Errorf("%s: no error, want %q", what, want)
	case want != "" && !strings.Contains(err.Error(), want):
		t.Errorf("%s:\n got %v\nwant %s", what, err, want)
	}
}
