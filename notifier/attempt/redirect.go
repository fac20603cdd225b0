package attempt

import (
	"net/http"

	"github.com/prometheus/common/config"
)

// mostRedirects is as many as net/http follows.
const mostRedirects = 10

// Redirects follows what keeps the method, if the client configuration lets it.
// After 301, 302 and 303 a client asks again without the body, and the far end
// would say yes to nothing.
func Redirects(cfg *config.HTTPClientConfig) func(next *http.Request, via []*http.Request) error {
	follow := cfg == nil || cfg.FollowRedirects
	return func(next *http.Request, via []*http.Request) error {
		if !follow || next.Method != via[0].Method || len(via) >= mostRedirects {
			return http.ErrUseLastResponse
		}
		return nil
	}
}
