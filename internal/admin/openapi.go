package admin

import _ "embed"

// openAPI is the API's description, which a test holds every answer against.
//
//go:embed openapi.yaml
var openAPI string

// getOpenAPI: GET /openapi.yaml.
func (s *Server) getOpenAPI(c *call) error {
	if _, err := c.query(); err != nil {
		return err
	}
	c.document("application/yaml", documentOf([]byte(openAPI)))
	return nil
}
