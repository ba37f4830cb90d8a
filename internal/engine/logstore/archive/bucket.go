package archive

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
)

// BucketConfig names a bucket of an S3-compatible server.
type BucketConfig struct {
	// Endpoint is the server's address; the bucket is put into the path, which every server understands.
	Endpoint  string
	Region    string
	Bucket    string
	Prefix    string // of names in the bucket; may be empty
	AccessKey string
	SecretKey string
	Clock     clock.Clock
}

// Bucket is a target in an S3-compatible store. Make it with NewBucket.
//
// It needs three requests of the protocol: PutObject, GetObject and ListObjectsV2, signed by
// AWS Signature Version 4 with the hash of what is sent. The server compares that hash, so what
// arrives damaged is refused.
type Bucket struct {
	BucketConfig
	base *url.URL
	http *http.Client
}

// maxObject is what one PutObject takes.
const maxObject = 5 << 30

// emptyHash is the SHA-256 of nothing.
const emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// NewBucket checks the configuration; it calls nobody yet.
func NewBucket(c BucketConfig) (*Bucket, error) {
	var check errs.Check
	base, err := url.Parse(strings.TrimRight(c.Endpoint, "/"))
	check.Require(err == nil && base.Host != "" && (base.Scheme == "http" || base.Scheme == "https") && base.Path == "", "logs.archive_endpoint",
		"must be the address of an S3-compatible server, such as https://s3.eu-west-2.amazonaws.com")
	check.Require(c.Bucket != "" && uriEncode(c.Bucket, true) == c.Bucket, "logs.archive", "must name a bucket: s3://bucket/prefix")
	check.Require(c.AccessKey != "" && c.SecretKey != "", "logs.archive_access_key", "and logs.archive_secret_key are required for a bucket")
	check.Require(c.Region != "", "logs.archive_region", "is required for a bucket")
	if err := check.Err("the archive of log lines"); err != nil {
		return nil, err
	}
	if c.Prefix = strings.Trim(c.Prefix, "/"); c.Prefix != "" {
		c.Prefix += "/"
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DisableCompression = true
	transport.DialContext = (&net.Dialer{Timeout: 10 * time.Second}).DialContext
	transport.ResponseHeaderTimeout = 2 * time.Minute
	noRedirect := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse } // a signature is for one address
	return &Bucket{BucketConfig: c, base: base, http: &http.Client{Transport: transport, CheckRedirect: noRedirect}}, nil
}

func (b *Bucket) String() string { return "s3://" + b.Bucket + "/" + b.Prefix }

// Put stores an object; a server does that whole or not at all.
func (b *Bucket) Put(ctx context.Context, name string, size int64, r io.ReadSeeker) error {
	if size > maxObject {
		return errs.Invalidf("%s has %d bytes, and a bucket takes at most %d at once: archive to a directory", name, size, int64(maxObject))
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, r); err != nil {
		return err
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return err
	}
	body := io.NopCloser(io.LimitReader(r, size))
	if size == 0 {
		body = http.NoBody
	}
	res, err := b.do(ctx, http.MethodPut, b.Prefix+name, nil, hex.EncodeToString(sum.Sum(nil)), size, body)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, io.LimitReader(res.Body, maxNote))
	_ = res.Body.Close()
	return err
}

// Get returns an object.
func (b *Bucket) Get(ctx context.Context, name string) (io.ReadCloser, error) {
	res, err := b.do(ctx, http.MethodGet, b.Prefix+name, nil, emptyHash, 0, http.NoBody)
	if err != nil {
		return nil, err
	}
	return res.Body, nil
}

// listing is an answer of ListObjectsV2.
type listing struct {
	Contents []struct {
		Key string `xml:"Key"`
	} `xml:"Contents"`
	IsTruncated           bool   `xml:"IsTruncated"`
	NextContinuationToken string `xml:"NextContinuationToken"`
}

// List returns the names below the prefix.
func (b *Bucket) List(ctx context.Context) (names []string, err error) {
	query := url.Values{"list-type": {"2"}, "prefix": {b.Prefix + "logs-"}}
	for {
		res, err := b.do(ctx, http.MethodGet, "", query, emptyHash, 0, http.NoBody)
		if err != nil {
			return nil, err
		}
		var page listing
		err = xml.NewDecoder(res.Body).Decode(&page)
		_ = res.Body.Close()
		if err != nil {
			return nil, errs.Unavailablef("the list of %s cannot be read: %v", b, err)
		}
		for _, o := range page.Contents {
			names = append(names, strings.TrimPrefix(o.Key, b.Prefix))
		}
		if !page.IsTruncated || page.NextContinuationToken == "" {
			return names, nil
		}
		query.Set("continuation-token", page.NextContinuationToken)
	}
}

func (b *Bucket) do(ctx context.Context, method, key string, query url.Values, hash string, size int64, body io.ReadCloser) (*http.Response, error) {
	u := *b.base
	u.Path = "/" + b.Bucket + "/" + key
	u.RawPath = "/" + uriEncode(b.Bucket, false) + "/" + uriEncode(key, false)
	u.RawQuery = canonicalQuery(query)
	req, err := http.NewRequestWithContext(ctx, method, u.String(), body)
	if err != nil {
		return nil, err
	}
	req.ContentLength = size
	b.sign(req, u.RawPath, hash)
	res, err := b.http.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, errs.Unavailablef("the archive %s cannot be reached: %v", b, err)
	}
	if res.StatusCode == http.StatusOK {
		return res, nil
	}
	defer res.Body.Close()
	return nil, b.refused(res, key)
}

// refused reads the protocol's error.
func (b *Bucket) refused(res *http.Response, key string) error {
	var said struct {
		Code    string `xml:"Code"`
		Message string `xml:"Message"`
	}
	text, _ := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	_ = xml.NewDecoder(bytes.NewReader(text)).Decode(&said) // some answers have no body
	if res.StatusCode == http.StatusNotFound && said.Code != "NoSuchBucket" {
		return errs.NotFoundf("there is no %s in %s", key, b)
	}
	return errs.Unavailablef("the archive %s answers %s %s %s", b, res.Status, said.Code, said.Message)
}

// sign adds the headers of Signature Version 4
// (docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html).
func (b *Bucket) sign(req *http.Request, path, hash string) {
	now := b.Clock.Now().UTC()
	stamp, date := now.Format("20060102T150405Z"), now.Format("20060102")
	req.Header.Set("X-Amz-Date", stamp)
	req.Header.Set("X-Amz-Content-Sha256", hash)
	const signed = "host;x-amz-content-sha256;x-amz-date"
	request := strings.Join([]string{
		req.Method, path, req.URL.RawQuery,
		"host:" + req.URL.Host, "x-amz-content-sha256:" + hash, "x-amz-date:" + stamp, "", signed, hash,
	}, "\n")
	sum := sha256.Sum256([]byte(request))
	scope := date + "/" + b.Region + "/s3/aws4_request"
	key := []byte("AWS4" + b.SecretKey)
	for _, part := range []string{date, b.Region, "s3", "aws4_request"} {
		key = mac(key, part)
	}
	signature := mac(key, "AWS4-HMAC-SHA256\n"+stamp+"\n"+scope+"\n"+hex.EncodeToString(sum[:]))
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+b.AccessKey+"/"+scope+", SignedHeaders="+signed+", Signature="+hex.EncodeToString(signature))
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

// canonicalQuery is a query as it is signed: sorted, and encoded as the signature wants it.
func canonicalQuery(query url.Values) string {
	return strings.ReplaceAll(query.Encode(), "+", "%20")
}

// uriEncode encodes all but the unreserved characters of RFC 3986.
func uriEncode(s string, slash bool) string {
	var out strings.Builder
	for i := range len(s) {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("-._~", c) >= 0, c == '/' && !slash:
			out.WriteByte(c)
		default:
			fmt.Fprintf(&out, "%%%02X", c)
		}
	}
	return out.String()
}
