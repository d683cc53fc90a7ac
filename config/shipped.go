// Package shipped holds the configuration files of this folder, so that the
// demo starts from exactly what is shipped.
package shipped

import "embed"

// Files are the configuration files.
//
//go:embed *.yaml
var Files embed.FS
