namespace Vitrine.Provenance;

/// <summary>How a picture came to be, in the words of the IPTC digital source type vocabulary.</summary>
public enum DigitalSourceType
{
    /// <summary>Made wholly by a model that was trained on sampled content.</summary>
    TrainedAlgorithmicMedia,

    /// <summary>A picture from elsewhere, parts of which such a model made or changed.</summary>
    CompositeWithTrainedAlgorithmicMedia,

    /// <summary>Made wholly by an algorithm that was not trained on sampled content.</summary>
    AlgorithmicMedia,
}

public static class DigitalSourceTypes
{
    /// <summary>The full URI; the bare word is not recognised by the platforms that read it.</summary>
    public static string ToUri(this DigitalSourceType type) => "http://cv.iptc.org/newscodes/digitalsourcetype/" + type switch
    {
        DigitalSourceType.TrainedAlgorithmicMedia => "trainedAlgorithmicMedia",
        DigitalSourceType.CompositeWithTrainedAlgorithmicMedia => "compositeWithTrainedAlgorithmicMedia",
        DigitalSourceType.AlgorithmicMedia => "algorithmicMedia",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Unknown digital source type."),
    };
}
