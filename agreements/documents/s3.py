"""Files in a bucket that speaks S3; imported only where the setting asks for it, since it needs django-storages[s3]."""

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError
from storages.backends.s3 import S3Storage

from agreements.documents.storage import Kept, Pieces


class Bucket(S3Storage):
    """A bucket, or a part of one under a prefix. A file is there when it is complete: S3 knows no halves."""

    def stream(self, name: str, start: int, length: int) -> Iterator[bytes]:
        """Return a part of a file in pieces. Raises FileNotFoundError."""
        return Pieces(self._body(name, f"bytes={start}-{start + length - 1}"), length)

    def open(self, name: str, mode: str = "rb") -> Any:
        """Return a file as it comes, without keeping it in memory. Raises FileNotFoundError."""
        return self._body(name)

    def _body(self, name: str, part: str = "") -> Any:
        asked = {"Range": part} if part else {}
        try:
            return self.bucket.Object(self._key(name)).get(**asked)["Body"]
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                raise FileNotFoundError(name) from error
            raise

    def _key(self, name: str) -> str:
        return str(self._normalize_name(name))

    def every(self) -> Iterator[Kept]:
        """Yield everything that is kept, in the order of names."""
        prefix = f"{self.location.strip('/')}/" if self.location.strip("/") else ""
        for found in self.bucket.objects.filter(Prefix=prefix):
            yield Kept(found.key.removeprefix(prefix), found.size, found.last_modified)
