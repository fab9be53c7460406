"""The process that reads a PDF: bytes in, JSON out. Run by `pdf`, with limits set before anything is parsed."""

import io
import json
import logging
import resource
import sys


def main() -> None:
    seconds, memory, most_pages, most_text = json.loads(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    data = sys.stdin.buffer.read()
    logging.disable(logging.CRITICAL)
    json.dump(answer(data, most_pages, most_text), sys.stdout)


def answer(data: bytes, most_pages: int, most_text: int) -> dict[str, object]:
    """The text of every page, or what keeps it from being read."""
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    broken: dict[str, object] = {
        "error": "is a broken PDF.",
        "todo": "Open it in a viewer, print it to a new PDF and retry, or give the text.",
    }
    try:
        reader = PdfReader(io.BytesIO(data), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            return {"error": "is protected by a password.", "todo": "Save it without a password and retry."}
        count = len(reader.pages)
        if count > most_pages:
            return {"error": f"has {count:,} pages.", "todo": f"Give at most {most_pages:,} pages at once."}
        pages: list[str] = []
        length = 0
        for page in reader.pages:
            pages.append(page.extract_text().encode("utf-8", "replace").decode("utf-8"))
            length += len(pages[-1])
            if length > most_text:
                return {"error": "has too much text.", "todo": "Give a part of the document."}
    except (MemoryError, RecursionError):
        sys.exit(3)
    except (PyPdfError, ValueError, LookupError, TypeError, AttributeError, OSError, AssertionError, ArithmeticError):
        return broken
    except Exception as error:
        # Whatever else a library raises on a file made to harm, the caller gets an answer and never a traceback.
        return {**broken, "kind": type(error).__name__}
    return {"pages": pages}


if __name__ == "__main__":
    main()
