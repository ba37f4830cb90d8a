package archive

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/minio/minio-go/v7/pkg/s3utils"

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
}

// Bucket is a target in an S3-compatible store. Make it with NewBucket.
//
// An object that is larger than a part is sent in parts, and is there when the last of them is.
// Each carries a checksum, so that the server refuses what arrives damaged.
type Bucket struct {
	bucket, prefix string
	core           minio.Core
}

// attempts is how often a request is sent when the server does not answer or is busy. The caller tries
// again on its own clock, so a few are enough.
const attempts = 3

// NewBucket checks the configuration; it calls nobody yet.
func NewBucket(c BucketConfig) (*Bucket, error) {
	var check errs.Check
	base, err := url.Parse(strings.TrimRight(c.Endpoint, "/"))
	check.Require(err == nil && base.Host != "" && (base.Scheme == "http" || base.Scheme == "https") && base.Path == "", "logs.archive_endpoint",
		"must be the address of an S3-compatible server, such as https://s3.eu-west-2.amazonaws.com")
	check.Require(s3utils.CheckValidBucketName(c.Bucket) == nil, "logs.archive", "must name a bucket: s3://bucket/prefix")
	check.Require(c.AccessKey != "" && c.SecretKey != "", "logs.archive_access_key", "and logs.archive_secret_key are required for a bucket")
	check.Require(c.Region != "", "logs.archive_region", "is required for a bucket")
	if err := check.Err("the archive of log lines"); err != nil {
		return nil, err
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DisableCompression = true
	transport.DialContext = (&net.Dialer{Timeout: 10 * time.Second}).DialContext
	transport.ResponseHeaderTimeout = 2 * time.Minute
	client, err := minio.New(base.Host, &minio.Options{
		Creds: credentials.NewStaticV4(c.AccessKey, c.SecretKey, ""), Secure: base.Scheme == "https", Region: c.Region,
		BucketLookup: minio.BucketLookupPath, Transport: transport, MaxRetries: attempts,
	})
	if err != nil {
		return nil, errs.Invalidf("logs.archive_endpoint: %v", err)
	}
	b := &Bucket{bucket: c.Bucket, prefix: strings.Trim(c.Prefix, "/"), core: minio.Core{Client: client}}
	if b.prefix != "" {
		b.prefix += "/"
	}
	return b, nil
}

func (b *Bucket) String() string { return "s3://" + b.bucket + "/" + b.prefix }

// Put stores an object; a server does that whole or not at all.
func (b *Bucket) Put(ctx context.Context, name string, size int64, r io.ReadSeeker) error {
	_, err := b.core.Client.PutObject(ctx, b.bucket, b.prefix+name, r, size, minio.PutObjectOptions{NumThreads: 1})
	return b.explain(ctx, err, name)
}

// Get returns an object.
func (b *Bucket) Get(ctx context.Context, name string) (io.ReadCloser, error) {
	body, _, _, err := b.core.GetObject(ctx, b.bucket, b.prefix+name, minio.GetObjectOptions{})
	if err != nil {
		return nil, b.explain(ctx, err, name)
	}
	return body, nil
}

// List returns the names below the prefix.
func (b *Bucket) List(ctx context.Context) (names []string, err error) {
	for o := range b.core.ListObjectsIter(ctx, b.bucket, minio.ListObjectsOptions{Prefix: b.prefix + "logs-"}) {
		if o.Err != nil {
			return nil, b.explain(ctx, o.Err, "")
		}
		if !strings.HasSuffix(o.Key, "/") { // of somebody else: the names of this package have no further folder
			names = append(names, strings.TrimPrefix(o.Key, b.prefix))
		}
	}
	return names, ctx.Err()
}

// explain says what went wrong with a name in the words of this package.
func (b *Bucket) explain(ctx context.Context, err error, name string) error {
	if err == nil || ctx.Err() != nil {
		return ctx.Err()
	}
	switch said := minio.ToErrorResponse(err); {
	case said.Code == minio.NoSuchKey:
		return errs.NotFoundf("there is no %s%s in s3://%s", b.prefix, name, b.bucket)
	case said.StatusCode != 0:
		return errs.Unavailablef("the archive %s answers %d %s %s", b, said.StatusCode, said.Code, said.Message)
	}
	return errs.Unavailablef("the archive %s cannot be reached: %v", b, err)
}
