package web

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// mostBody is the largest body of a request.
const mostBody = 1 << 20

// RefuseWrites reports whether a port must refuse writes: anyone can reach it,
// and no web config file says who may.
func RefuseWrites(listen net.Addr, webConfigFile string) bool {
	return webConfigFile == "" && !onLoopback(listen)
}

func onLoopback(a net.Addr) bool {
	if a == nil {
		return false
	}
	if a.Network() == "unix" {
		return true
	}
	ap, err := netip.ParseAddrPort(a.String())
	return err == nil && ap.Addr().Unmap().IsLoopback()
}

// hostGuard refuses requests that came in by loopback under a foreign name: a
// page on the internet can point its own name at 127.0.0.1, and would be of one
// origin with the port then (DNS rebinding).
func (o Options) hostGuard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		local, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
		if onLoopback(local) && local.Network() != "unix" && !o.knownHost(r.Host) {
			refuse(w, r, http.StatusMisdirectedRequest,
				fmt.Sprintf("this port does not answer to the host %q: use localhost, or set --web.external-url", r.Host))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// knownHost reports whether a Host header names this machine itself.
func (o Options) knownHost(host string) bool {
	if o.ExternalURL != nil && strings.EqualFold(host, o.ExternalURL.Host) {
		return true
	}
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.ToLower(strings.TrimSuffix(strings.Trim(name, "[]"), "."))
	if name == "localhost" || strings.HasSuffix(name, ".localhost") {
		return true
	}
	ip, err := netip.ParseAddr(name)
	return err == nil && ip.IsLoopback()
}

// writeGuard refuses writes where anyone could send them.
func (o Options) writeGuard(next http.Handler) http.Handler {
	if !o.RefuseWrites {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !safe(r.Method) {
			refuse(w, r, http.StatusForbidden,
				"the port is open beyond loopback without --web.config.file, so nothing can be changed through it")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// safe reports whether a method only reads.
func safe(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}

// limited bounds the bodies of requests.
func limited(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, mostBody)
		next.ServeHTTP(w, r)
	})
}
