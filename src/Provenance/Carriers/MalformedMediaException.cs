namespace Vitrine.Provenance;

/// <summary>The bytes are not a PNG, JPEG, WebP or MP4 file whose structure can be followed from the first byte to the last.</summary>
public sealed class MalformedMediaException : FormatException
{
    public MalformedMediaException() : base("The bytes are not a well-formed PNG, JPEG, WebP or MP4 file.") { }

    public MalformedMediaException(string message) : base(message) { }

    public MalformedMediaException(string message, Exception innerException) : base(message, innerException) { }
}
